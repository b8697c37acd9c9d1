"""Mail that comes in: a mailbox is read, and an answer is found in what somebody sent."""
