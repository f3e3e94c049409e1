"""How long a test waits for what has to come: on a busy machine everything takes longer."""

#: Seconds. Nothing is waited for in vain where the product works, so a long one costs nothing.
PATIENCE = 180.0
