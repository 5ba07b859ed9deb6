"""The one error of the embedded mode: its French message is shown as it is, without traceback."""


class ErreurEmbarque(Exception):
    """Something that the person who starts the product can understand and put right."""
