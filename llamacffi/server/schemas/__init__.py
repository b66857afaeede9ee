"""What requests of OpenAI's routes are made of; fields that nobody knows are let through."""
