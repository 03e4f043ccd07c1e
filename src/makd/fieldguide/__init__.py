"""The embedded world of small creatures, its species and its teacher."""
