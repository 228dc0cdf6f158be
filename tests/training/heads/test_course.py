"""What a step sees, and what the log shows of it."""

from pathlib import Path

import numpy as np

from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.heads.config import loop_config
from training.heads.course import head_course
from training.heads.data import read_files
from training.heads.encoding import encode
from training.heads.examples import Example, labels_of


def test_an_epoch_has_each_example_that_is_asked_about_once(
    entities: Path, bases: dict[str, Path], small_steps
) -> None:
    examples = [*read_files("entities", [entities]).splits["train"]]
    examples.insert(3, Example(words=("\u200b",), labels=("O",), unit=None, line=1))  # nothing to the tokenizer
    labels, config = labels_of("entities", examples), small_steps("entities", bases["bert"])
    tokenizer = load_tokenizer(find_base(str(bases["bert"])))
    questions = encode(examples, labels, tokenizer, task="entities", max_length=40)
    course = head_course(questions, labels, loop_config(config))
    order = course.order()
    seen = np.concatenate([order.sentences_of(step) for step in range(order.steps_per_epoch)])
    assert sorted(seen.tolist()) == [number for number in range(len(examples)) if number != 3]
    assert course.num_steps == 5 * order.steps_per_epoch == 5 * 8


def test_the_log_shows_an_example_with_its_labels(bases: dict[str, Path], small_steps) -> None:
    example = Example(words=("Skolen", "kan", "\x1b[31m"), labels=("B-ORG", "O", "O"), unit=None, line=1)
    tokenizer = load_tokenizer(find_base(str(bases["bert"])))
    labels = ("O", "B-ORG", "I-ORG")
    questions = encode([example], labels, tokenizer, task="entities", max_length=40)
    course = head_course(questions, labels, loop_config(small_steps("entities", bases["bert"])))
    told = course.sample(tokenizer, questions.asked(np.array([0])))
    assert told.startswith("[CLS] Skolen kan")
    assert "| asked: 'Skolen': B-ORG, 'kan': O" in told
    assert told.isprintable()
