"""What becomes of a training that takes too long."""

import pytest

from chat.actions.bot_models import Article
from chat.faq import FaqTrainer

FEES = Article("a1", "fees", "en", "", "What are the fees?", ("fees", "what does it cost"), "None.", 1)


async def test_a_training_that_takes_too_long_is_given_up_and_says_how_many_phrasings_it_had() -> None:
    impatient = FaqTrainer(0.95, 0.2, patience=0.001)
    with pytest.raises(RuntimeError, match=r"on 3 phrasings took longer than 0\.001 s"):
        await impatient.fit([FEES])
