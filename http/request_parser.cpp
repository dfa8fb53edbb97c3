#include "http/request_parser.hpp"

#include <algorithm>
#include <functional>

namespace frontrow::http {

namespace {

namespace bhttp = beast::http;

/// A body that was large once is not kept for the next request.
constexpr std::size_t kept_capacity_max = 16 * 1024;

} // namespace

void request_text::clear() {
  head.clear();
  if (body.capacity() > kept_capacity_max)
    std::string{}.swap(body);
  else
    body.clear();
}

/// Null: one that is not kept.
request_parser::header request_parser::kept_as(field name, text name_text) {
  switch (name) {
  case field::accept_encoding:
    return &request_headers::accept_encoding;
  case field::host:
    return &request_headers::host;
  case field::authorization:
    return &request_headers::authorization;
  case field::connection:
    return &request_headers::connection;
  case field::content_type:
    return &request_headers::content_type;
  case field::if_none_match:
    return &request_headers::if_none_match;
  case field::upgrade:
    return &request_headers::upgrade;
  case field::sec_websocket_key:
    return &request_headers::websocket_key;
  case field::sec_websocket_version:
    return &request_headers::websocket_version;
  case field::unknown:
    break;
  default:
    return nullptr;
  }
  if (beast::iequals(name_text, "Queue-Token"))
    return &request_headers::queue_token;
  if (beast::iequals(name_text, "Idempotency-Key"))
    return &request_headers::idempotency_key;
  if (beast::iequals(name_text, "X-Trace-Id"))
    return &request_headers::trace_id;
  if (beast::iequals(name_text, "Last-Event-ID"))
    return &request_headers::last_event_id;
  return nullptr;
}

std::string_view request_parser::keep(text value) {
  const std::less<const char*> before;
  if (!before(value.data(), steady_.data()) && before(value.data(), steady_.data() + steady_.size()))
    return {value.data(), value.size()};
  return into_->head.emplace_front(value.data(), value.size());
}

bool request_parser::is_complete_and_sound() const {
  const auto has_host = headers_.host.data() != nullptr;
  return (has_host || version_ < 11) && continue_ != expectation::unknown;
}

void request_parser::on_request_impl(bhttp::verb /*verb*/, text name, text target, int version, error& ec) {
  ec = {};
  verb_ = method_of({name.data(), name.size()});
  version_ = static_cast<unsigned>(version);
  target_ = keep(target);
}

void request_parser::on_response_impl(int /*status*/, text /*reason*/, int /*version*/, error& ec) {
  ec = bhttp::error::bad_version;
}

void request_parser::on_field_impl(field name, text name_text, text value, error& ec) {
  ec = {};
  if (part_ == behind_header)
    return;
  switch (name) {
  case field::content_length:
    if (lengths_ == one_length || value.empty() ||
        !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }))
      ec = bhttp::error::bad_content_length;
    lengths_ = one_length;
    return;
  case field::transfer_encoding:
    if (version_ < 11 || !beast::iequals(value, "chunked"))
      ec = bhttp::error::bad_transfer_encoding;
    return;
  case field::expect:
    continue_ = beast::iequals(value, "100-continue") ? expectation::go_on : expectation::unknown;
    return;
  default:
    break;
  }
  const auto which = kept_as(name, name_text);
  if (which == nullptr)
    return;
  auto& place = headers_.*which;
  const auto is_there = place.data() != nullptr;
  // Lists, which may come in several lines: the first is enough.
  const auto is_list = which == &request_headers::accept_encoding || which == &request_headers::connection ||
                       which == &request_headers::upgrade;
  if (is_there && is_list)
    return;
  if (is_there)
    ec = bhttp::error::bad_field;
  else
    place = keep(value);
}

void request_parser::on_header_impl(error& ec) {
  ec = {};
  part_ = behind_header;
}

void request_parser::on_body_init_impl(boost::optional<std::uint64_t> const& /*length*/, error& ec) {
  // No reserve: a length that was only announced must not cost memory.
  ec = {};
}

std::size_t request_parser::on_body_impl(text piece, error& ec) {
  ec = {};
  into_->body.append(piece.data(), piece.size());
  return piece.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t /*size*/, text /*extensions*/, error& ec) {
  ec = {};
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t /*remain*/, text piece, error& ec) {
  return on_body_impl(piece, ec);
}

void request_parser::on_finish_impl(error& ec) {
  ec = {};
}

} // namespace frontrow::http
