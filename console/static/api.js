// The page of the API's description; everything it shows comes from this machine.
"use strict";
SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#api", deepLinking: true, defaultModelsExpandDepth: -1, validatorUrl: null });
