"""What Facebook, Instagram and Threads share: the Graph API, its errors, its fields, posts with comments, messages."""
