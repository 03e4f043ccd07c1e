import itertools
import math

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from makd.errors import UsageError
from makd.teachers.answer_tokens import AnswerForms, find_forms


def tokenizer_of(*tokens: str) -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = {letter for token in tokens for letter in token}
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(["?", *sorted(letters), *tokens]))}
    merges = []
    for token in tokens:  # each token grows letter by letter
        for end in range(2, len(token) + 1):
            vocabulary.setdefault(token[:end], len(vocabulary))
            merges.append((token[: end - 1], token[end - 1]))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(dict.fromkeys(merges)), unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?")


def test_every_token_that_reads_yes_or_no_is_a_form() -> None:
    tokens = ("Yes", "ĠYes", "yes", "ĊYES", "No", "Ġno", "Not", "eyes", "Yesterday")
    tokenizer = tokenizer_of(*tokens)
    forms = find_forms(tokenizer)
    assert {tokenizer.convert_ids_to_tokens(form[0]) for form in forms.yes} == {"Yes", "ĠYes", "yes", "ĊYES"}
    assert {tokenizer.convert_ids_to_tokens(form[0]) for form in forms.no} == {"No", "Ġno"}
    assert forms.starts == ((),)


def test_a_word_without_a_token_is_spelled() -> None:
    tokenizer = tokenizer_of("Ye", "s", "No", "Ġ", "y", "e")
    forms = find_forms(tokenizer)
    spelled = [tuple(tokenizer.convert_ids_to_tokens(form)) for form in forms.yes]
    assert spelled == [("Ye", "s"), ("Ġ", "Ye", "s"), ("y", "e", "s"), ("Ġ", "y", "e", "s")]
    assert len(forms.no) == 1
    assert forms.starts[0] == ()
    assert set(forms.starts) == {form[:i] for form in forms.yes + forms.no for i in range(len(form))}


def test_pair_takes_two_tokens_alone() -> None:
    tokenizer = tokenizer_of("Yes", "ĠYes", "No", "no")
    pair = find_forms(tokenizer, "pair")
    assert [tokenizer.convert_ids_to_tokens(list(form)) for form in pair.yes + pair.no] == [["Yes"], ["No"]]


def test_pair_refuses_split_words() -> None:
    with pytest.raises(UsageError, match=r"'Yes' into 2 tokens.*answer-tokens forms"):
        find_forms(tokenizer_of("Ye", "s", "No"), "pair")


def test_unspellable_word_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot spell 'Yes'"):
        find_forms(tokenizer_of("No"))


def test_pair_score_is_the_softmax_over_two_logits() -> None:
    logits = torch.randn(5, 7, 1, 20, generator=torch.Generator().manual_seed(0)) * 5
    log_odds, mass = AnswerForms(yes=((3,),), no=((11,),)).score(logits)
    over_pair = torch.softmax(logits[:, :, 0, [3, 11]], -1)[..., 0]
    torch.testing.assert_close(torch.sigmoid(log_odds), over_pair)
    torch.testing.assert_close(mass, torch.softmax(logits[:, :, 0], -1)[..., [3, 11]].sum(-1))


def test_forms_of_several_tokens_count_with_their_product() -> None:
    forms = AnswerForms(yes=((0, 1), (2,)), no=((3, 4, 5), (3, 1)))
    assert forms.starts == ((), (0,), (3,), (3, 4))
    logits = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(1))
    p = torch.softmax(logits.double(), -1)
    for row, (log_odds, mass) in enumerate(zip(*forms.score(logits), strict=True)):
        yes = p[row, 0, 0] * p[row, 1, 1] + p[row, 0, 2]
        no = p[row, 0, 3] * p[row, 2, 4] * p[row, 3, 5] + p[row, 0, 3] * p[row, 2, 1]
        assert math.isclose(log_odds, math.log(yes / no), rel_tol=1e-5)
        assert math.isclose(mass, yes + no, rel_tol=1e-5)


def test_extreme_logits_stay_finite() -> None:
    logits = torch.tensor([[[400.0, -400.0, 0.0]]])
    log_odds, mass = AnswerForms(yes=((0,),), no=((1,),)).score(logits)
    assert log_odds.item() == 800
    assert mass.item() == 1


def test_no_form_continues_another(split_words: object) -> None:
    from transformers import AutoTokenizer

    forms = find_forms(AutoTokenizer.from_pretrained(split_words))
    assert min(map(len, forms.yes)) > 1
    for one, other in itertools.permutations(forms.yes + forms.no, 2):
        assert one[: len(other)] != other
