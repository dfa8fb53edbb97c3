#pragma once

#include "domain/identity.hpp"
#include "http/front.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::http {

/// Under which a command is recognised when its request comes again: the first 128 bits of
/// SHA-256(user, scope, Idempotency-Key), or random ones when no key was given. `scope` names what is done
/// to what: "charge", "hold:7".
domain::command_id identity_of(const front& in, const request_context& asked, std::string_view scope);

/// 64 bits of SHA-256 of a body in its one form, so that white space and order of members do not count.
std::uint64_t fingerprint_of(std::string_view canonical_body);

/// A strong ETag of a content, quotes included.
std::string etag_of_content(std::string_view content);

/// 32 hex digits of SHA-256, for a fingerprint that is kept as text.
std::string digest_text(std::string_view text);

} // namespace frontrow::http
