"""The queue: the list of conversations, where one starts and comes back to.

Its parts share some objects, and say only what they get besides:

- `services`: what every screen works with;
- `state`: which view, filter, search and order, and what else is shown beside the rows;
- `rows`: the list, with its cursor and marks;
- `opener`: has both, and reads into the list what the state asks for;
- `start`: runs a coroutine in the background.
"""
