"""What the API's schema says is what its doors answer."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.test import APIClient

from tests.doors.test_nasty_values import at, doors, schema


@pytest.fixture
def program(world: dict[str, str]) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {world['key']}")
    return client


def with_null(told: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON Schema."""
    if isinstance(told, list):
        return [with_null(part) for part in told]
    if not isinstance(told, dict):
        return told
    parts = {name: with_null(part) for name, part in told.items() if name != "nullable"}
    return {"anyOf": [parts, {"type": "null"}]} if told.get("nullable") is True else parts


def fault_of(answer: Any, operation: dict[str, Any]) -> str:
    """How an answer differs from what the schema says of it; nothing as a rule."""
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return f"{answer.status_code} is not documented"
    shape = told.get("content", {}).get("application/json", {}).get("schema")
    if shape is None or answer.streaming:
        return ""
    whole = with_null(shape | {"components": schema()["components"]})
    found = Draft202012Validator(whole).iter_errors(answer.json())
    return next((f"{one.json_path}: {one.message[:200]}" for one in found), "")


def test_every_answer_to_a_question_and_every_refusal_is_as_documented(
    program: APIClient, world: dict[str, str]
) -> None:
    faults = []
    for method, address, operation in doors():
        if not address.startswith("/api/v1/"):
            continue
        if method == "get" and (fault := fault_of(program.get(at(address, world)), operation)):
            faults.append((method, address, fault))
        if fault := fault_of(program.generic(method.upper(), f"{at(address, world)}?colour=red"), operation):
            faults.append((method, address, fault))
        if fault := fault_of(APIClient().generic(method.upper(), at(address, world)), operation):
            faults.append((method, address, fault))
    assert faults == []


def test_a_deleted_region_is_answered_as_documented(program: APIClient, world: dict[str, str]) -> None:
    address = "/api/v1/regions/{region_id}"
    operation = schema()["paths"][address]["delete"]
    answer = program.delete(f"{at(address, world)}?version=1")
    assert (answer.status_code, fault_of(answer, operation)) == (200, "")


def test_forms_are_documented_for_files_alone() -> None:
    content = {address: o.get("requestBody", {}).get("content", {}) for _, address, o in doors()}
    assert not [address for address, kinds in content.items() if len(kinds) > 1]


def test_a_change_is_documented_with_what_it_needs() -> None:
    shapes = schema()["components"]["schemas"]
    assert not [name for name in shapes if name.startswith("Patched")]
    assert shapes["RegionChangeRequest"]["required"] == ["version"]


def test_limits_and_choices_are_documented() -> None:
    shapes = schema()["components"]["schemas"]
    quad = shapes["NewRegionRequest"]["properties"]["quad"]
    assert (quad["minItems"], quad["maxItems"], quad["items"]["minItems"]) == (4, 4, 2)
    assert shapes["NewRegionRequest"]["properties"]["text"]["maxLength"] == 500
    assert shapes["ImageIdsRequest"]["properties"]["ids"]["minItems"] == 1
    versions = shapes["CompareShapeRequest"]["properties"]["versions"]
    assert (versions["minItems"], versions["maxItems"]) == (2, 6)
    assert "tutorial-csv" in choices("AnnotationFileRequest", "format")
    assert "ppocr" in choices("StartShapeRequest", "network")


def choices(shape: str, name: str) -> list[str]:
    """The values that a field is documented to take, wherever the generator has put them."""
    shapes = schema()["components"]["schemas"]
    told = shapes[shape]["properties"][name]
    for part in [told, *told.get("allOf", []), *told.get("oneOf", [])]:
        named = shapes[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if "enum" in named:
            return list(named["enum"])
    return []


def test_an_answer_that_comes_later_is_documented_with_where_and_when() -> None:
    answers = schema()["paths"]["/api/v1/projects/{project_id}/predictions"]["post"]["responses"]
    assert {"Location", "Retry-After"} <= set(answers["202"]["headers"])
    assert "Retry-After" in answers["429"]["headers"]
