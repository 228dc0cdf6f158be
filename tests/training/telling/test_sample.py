from pathlib import Path

import numpy as np
import pytest
import transformers

from training.feeding.masking import MaskedSentences
from training.telling.sample import decoded_sample


@pytest.fixture
def tokenizer(tmp_path: Path):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kan", "ring", "på", "[", "]", "telefon", "hus", "##et",
             "a\u202eb"]  # fmt: skip
    return transformers.BertTokenizer(vocab={word: number for number, word in enumerate(words)}, do_lower_case=False)


def masked(tokenizer, sentences: list[list[str]], answers: dict[int, str]) -> MaskedSentences:
    tokens = [token for sentence in sentences for token in sentence]
    return MaskedSentences(
        inputs=np.array(tokenizer.convert_tokens_to_ids(tokens)), lengths=np.array([len(each) for each in sentences]),
        places=np.array(list(answers), dtype=np.int64),
        answers=np.array(tokenizer.convert_tokens_to_ids(list(answers.values())), dtype=np.int64),
    )  # fmt: skip


FIRST = ["[CLS]", "ring", "[MASK]", "[", "telefon", "]", "kan", "hus", "[SEP]"]


def test_the_first_sentence_stands_there_with_what_is_to_guess(tokenizer) -> None:
    batch = masked(tokenizer, [FIRST, ["[CLS]", "[MASK]", "[SEP]"]], {2: "på", 6: "kan", 7: "##et", 10: "ring"})
    line = decoded_sample(tokenizer, batch)
    assert line.startswith("[CLS] ring [MASK] [ telefon ] kan hus [SEP] | to guess: ")
    assert line.endswith("'på', 'kan' (shown), '##et' (shown as 'hus')")
    assert decoded_sample(tokenizer, batch, number=2).splitlines() == [line, "[CLS] [MASK] [SEP] | to guess: 'ring'"]


def test_a_sentence_with_nothing_to_guess_says_so(tokenizer) -> None:
    assert decoded_sample(tokenizer, masked(tokenizer, [FIRST[:2]], {})) == "[CLS] ring | to guess: nothing"


def test_control_characters_do_not_reach_the_log(tokenizer) -> None:
    line = decoded_sample(tokenizer, masked(tokenizer, [["a\u202eb"]], {0: "a\u202eb"}))
    assert line == "a?b | to guess: 'a?b' (shown)"
