"""The built program against the world, from the producer to the invalidation."""
