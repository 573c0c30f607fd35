"""The JSON API: the same acts as on the pages, with tokens by scope."""
