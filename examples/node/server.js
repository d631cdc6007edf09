const { createServer } = require("node:http");

createServer((_, response) => response.end("Hello from Node\n")).listen(3000);
