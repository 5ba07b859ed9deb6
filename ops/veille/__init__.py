"""The watch: what is down is told to a person, by a process that depends on nothing it watches."""
