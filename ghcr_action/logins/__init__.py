"""Who we are to which registry: the inputs, the docker configuration, and the credential itself."""
