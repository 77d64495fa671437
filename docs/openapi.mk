# The OpenAPI document is part of the front.

$(BUILD)/obj/src/front/api_openapi.o: docs/openapi.json
