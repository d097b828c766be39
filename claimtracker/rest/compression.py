from compression_middleware.middleware import CompressionMiddleware


class Compression(CompressionMiddleware):
    """Compresses what the reader takes compressed, and leaves alone what is compressed already."""

    def process_response(self, request, response):
        if getattr(response, "is_compressed", False):
            return response
        return super().process_response(request, response)
