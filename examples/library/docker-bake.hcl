variable "IMAGE" {
  default = "ghcr.io/octo/library"
}

group "default" {
  targets = ["cli", "server"]
}

target "base" {
  context = "base"
}

target "cli" {
  context  = "cli"
  contexts = { base = "target:base" }
  tags     = ["${IMAGE}/cli"]
}

target "server" {
  context  = "server"
  contexts = { base = "target:base" }
  tags     = ["${IMAGE}/server"]
}
