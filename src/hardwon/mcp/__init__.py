"""The agents' face: tools, resources and prompts of the Model Context Protocol over the same use cases."""
