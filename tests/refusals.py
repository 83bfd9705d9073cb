"""What every refusal of bad input looks like."""

import pytest


def check_one_sentence(call, pattern):
    """``call()`` raises one sentence about an argument that matches ``pattern``."""
    with pytest.raises(ValueError, match=pattern) as info:
        call()
    message = str(info.value)
    assert message.startswith("Argument `")
    assert message.endswith(".")
    assert "\n" not in message
