"""The pages: server-rendered, a thin face over the use cases."""
