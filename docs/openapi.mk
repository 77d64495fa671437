# The OpenAPI document is part of the front.

$(BUILD)/obj/src/front/api/openapi.o: docs/openapi.json
