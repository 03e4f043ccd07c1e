"""Which questions to keep, by what their answers tell: arrays in, places of questions and gains out."""
