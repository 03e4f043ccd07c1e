"""What answers are worth, as pure functions from arrays to arrays; every floor above may use them."""
