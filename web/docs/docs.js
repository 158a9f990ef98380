// Shows the description that this platform gives of its API; "Try it out" calls this platform.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("docs"),
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  // Nobody outside is asked whether the description is valid.
  validatorUrl: null,
});
