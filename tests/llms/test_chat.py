from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from makd.errors import MakdError, UsageError
from makd.llms.chat import load_chat
from makd.llms.registry import open_llm
from tests.teachers.random_checkpoints import make_tokenizer

TEMPLATE = (
    "{% for message in messages %}<|user|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat") / "tiny-chat"
    tokenizer = make_tokenizer((), {})
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


def test_it_says_what_generation_gives_and_no_prompt(checkpoint: Path):
    llm = load_chat(checkpoint, max_tokens=8)
    prompt = llm.tokenizer("<|user|>Is it red?<|end|><|assistant|>", return_tensors="pt")
    tokens = llm.model.generate(**prompt, max_new_tokens=8, do_sample=False)
    expected = llm.tokenizer.decode(tokens[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
    assert llm.reply("Is it red?", {}) == expected
    assert expected.startswith(load_chat(checkpoint, max_tokens=1).reply("Is it red?", {}).rstrip("\ufffd"))
    assert len(expected) > 1


def test_drawn_replies_have_a_seed_and_leave_the_callers_draws_alone(checkpoint: Path):
    replies = []
    for _ in range(2):
        llm = load_chat(checkpoint, max_tokens=12)
        llm.model.generation_config.do_sample = True
        torch.manual_seed(3)
        replies.append([llm.reply("Is it red?", {}) for _ in range(3)])
        assert torch.rand(1) == torch.rand(1, generator=torch.Generator().manual_seed(3))
    assert replies[0] == replies[1]
    assert len(set(replies[0])) > 1


def test_its_name_holds_its_content(checkpoint: Path):
    name = load_chat(checkpoint).name
    assert name.startswith("tiny-chat@")
    assert name == load_chat(checkpoint).name


def test_a_prompt_longer_than_the_context_is_refused(checkpoint: Path):
    llm = open_llm(str(checkpoint), max_tokens=1000)
    assert llm.reply("Is it red?", {}) is not None
    with pytest.raises(MakdError, match=r"takes 64 tokens, the prompt has \d+"):
        llm.reply("Is it red? " * 40, {})


def test_without_a_chat_template_the_prompt_stands_alone(checkpoint: Path):
    llm = load_chat(checkpoint, max_tokens=4)
    llm.tokenizer.chat_template = None
    assert isinstance(llm.reply("Is it red?", {}), str)


def test_a_folder_without_a_model_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="as a chat model of text"):
        load_chat(tmp_path)
