"""What an image is called: the texts that a user gave, the references they mean, and which of
them may move."""
