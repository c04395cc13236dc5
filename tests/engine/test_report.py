"""A report as a line of the run's log."""

import pytest

from training.engine.report import Report

LINES = [
    (Report("preparing"), "preparing"),
    (Report("preparing", message="Training on CPU."), "preparing: Training on CPU."),
    (
        Report("training", "finder", 3, 6, loss=0.7473, held_out_loss=0.668, f1=0.694),
        "training finder, epoch 3 of 6: loss 0.747, held-out loss 0.668, F1 69.4 %",
    ),
    (
        Report("training", "reader", 1, 9, cer=0.0246, exact=0.795),
        "training reader, epoch 1 of 9: CER 2.5 %, exact 79.5 %",
    ),
]


@pytest.mark.parametrize(("report", "line"), LINES)
def test_a_report_is_one_line_of_the_log(report: Report, line: str) -> None:
    assert report.line() == line
