"""What labels are called now: versions and predictions keep the names they were trained under, and the labels' ids.

The name is the project's. Where a label is gone, what was read under it keeps its old name; what an earlier release has
kept without ids is known by its name.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from annotations.models import Label
from annotations.texts import one_line

Evaluation = dict[str, Any]
DELETED = " (deleted)"


class LabelNames:
    """The labels of a project as they are."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._by_id = {str(label.pk): label for label in labels}
        self._by_name = {label.name: label for label in labels}

    @classmethod
    def of(cls, project_id: UUID) -> "LabelNames":
        return cls(list(Label.objects.filter(project=project_id).only("id", "name", "words", "project_id")))

    def label(self, region: dict[str, Any]) -> Label | None:
        """Of a region that was read, `{label, label_id}`."""
        return self._label(region["label"], region.get("label_id"))

    def name(self, region: dict[str, Any]) -> str:
        return self._name(region["label"], region.get("label_id"))

    def region(self, region: dict[str, Any]) -> dict[str, Any]:
        """The same under the name and id that its label has now; the id is None where there is no such label."""
        label = self.label(region)
        return region | {"label": self.name(region), "label_id": str(label.pk) if label else None}

    def of_spec(self, spec: dict[str, Any]) -> dict[str, str]:
        """The name of each label of a run's spec, by the name it was trained under."""
        return {label["name"]: self._name(label["name"], label.get("id")) for label in spec["labels"]}

    def _label(self, name: str, label_id: str | None) -> Label | None:
        if label_id:
            return self._by_id.get(label_id)
        return self._by_name.get(name) or self._by_name.get(one_line(name))  # trained before names had one form

    def _name(self, name: str, label_id: str | None) -> str:
        label = self._label(name, label_id)
        if label is not None:
            return label.name
        return name + DELETED if name in self._by_name else name  # another label has that name now


def renamed(evaluation: Evaluation, names: dict[str, str]) -> Evaluation:
    """evaluation.json under other names of its labels."""
    labels = {names.get(name, name): scores for name, scores in evaluation["labels"].items()}
    misses = [miss | {"label": names.get(miss["label"], miss["label"])} for miss in evaluation["misses"]]
    typed = [names.get(name, name) for name in evaluation.get("typed", ())]
    return evaluation | {"labels": labels, "misses": misses} | ({"typed": typed} if "typed" in evaluation else {})
