"""The one error the product's own rules raise; every door turns it into an answer."""

from typing import Any


class Refusal(Exception):
    """Something the user asked for and will not get, said as a sentence they can act on.

    `status` is the HTTP status of the answer, `code` a stable word for programs, `detail` further facts for them,
    `fields` sentences by the name of the field they are about, `retry_after` seconds after which it may be tried again.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "refused",
        status: int = 400,
        detail: dict[str, Any] | None = None,
        fields: dict[str, list[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.detail = detail
        self.fields = fields
        self.retry_after = retry_after


class NotFound(Refusal):
    """What a stranger asks for does not exist."""

    def __init__(self, message: str = "There is nothing here under this address.") -> None:
        super().__init__(message, code="not_found", status=404)


class Forbidden(Refusal):
    def __init__(self, message: str = "Your role in this project does not allow this.") -> None:
        super().__init__(message, code="forbidden", status=403)


class Conflict(Refusal):
    def __init__(self, message: str, *, code: str = "conflict", detail: dict[str, Any] | None = None) -> None:
        super().__init__(message, code=code, status=409, detail=detail)
