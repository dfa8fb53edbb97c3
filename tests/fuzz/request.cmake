# What clients send.
set(http ${CMAKE_SOURCE_DIR}/http)
frontrow_fuzz(request
  SOURCES
    ${http}/access_token.cpp ${http}/base64url.cpp ${http}/json_body.cpp ${http}/opaque_ids.cpp ${http}/percent.cpp ${http}/problem.cpp
    ${http}/query.cpp ${http}/request.cpp ${http}/request_parser.cpp ${http}/response.cpp ${http}/router.cpp
    ${http}/strict_json.cpp ${http}/target.cpp ${http}/time_text.cpp ${http}/token_key.cpp
    ${CMAKE_SOURCE_DIR}/persistence/json_text.cpp
  LIBRARIES Boost::headers nlohmann_json::nlohmann_json PkgConfig::JWT OpenSSL::Crypto)
