"""The demo data: a believable year of the firm, imagined (pure) then written by the services."""
