"""What happens by itself. Each part is safe to run twice, in any process."""
