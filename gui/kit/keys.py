"""Numbers of keys that Dear PyGui 2.3.1 names wrongly."""

# mvKey_Prior and mvKey_Next still have their numbers of version 1.
PAGE_UP, PAGE_DOWN = 517, 518
