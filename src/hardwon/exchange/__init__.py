"""The world outside: what can be read into Hardwon and how it is written out again. One file per system."""
