"""Forms in which the exchange is changed: fields, and the pages that each kind of entries has."""
