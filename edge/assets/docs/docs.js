// Starts the viewer on the API's description. Runs under a policy that allows no inline script or style.
"use strict";

const place = document.getElementById("viewer");

if (typeof SwaggerUIBundle === "function") {
  SwaggerUIBundle({
    url: "openapi.json",
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    tryItOutEnabled: true,
    // Nobody else is told what this API looks like.
    validatorUrl: null,
  });
} else {
  const note = document.createElement("p");
  note.className = "note";
  note.setAttribute("role", "alert");
  note.textContent =
    "The viewer could not be loaded. If this server is yours, `cargo xtask setup` installs its files; " +
    "the link below leads to the description itself.";
  place.append(note);
}
