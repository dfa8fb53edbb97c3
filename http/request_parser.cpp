#include "http/request_parser.hpp"

#include <algorithm>

namespace frontrow::http {

namespace {

namespace bhttp = beast::http;

/// A body that was large once is not kept for the next request.
constexpr std::size_t kept_capacity_max = 16 * 1024;

void empty(std::string& text) {
  if (text.capacity() > kept_capacity_max)
    std::string{}.swap(text);
  else
    text.clear();
}

} // namespace

void request_text::clear() {
  empty(head);
  empty(body);
}

request_parser::kept request_parser::kept_as(field name, text name_text) {
  switch (name) {
  case field::accept_encoding:
    return kept::accept_encoding;
  case field::host:
    return kept::host;
  case field::authorization:
    return kept::authorization;
  case field::connection:
    return kept::connection;
  case field::content_type:
    return kept::content_type;
  case field::if_none_match:
    return kept::if_none_match;
  case field::upgrade:
    return kept::upgrade;
  case field::sec_websocket_key:
    return kept::websocket_key;
  case field::sec_websocket_version:
    return kept::websocket_version;
  case field::unknown:
    break;
  default:
    return kept::count;
  }
  if (beast::iequals(name_text, "Queue-Token"))
    return kept::queue_token;
  if (beast::iequals(name_text, "Idempotency-Key"))
    return kept::idempotency_key;
  if (beast::iequals(name_text, "X-Trace-Id"))
    return kept::trace_id;
  if (beast::iequals(name_text, "Last-Event-ID"))
    return kept::last_event_id;
  return kept::count;
}

request_parser::range request_parser::keep(text value) {
  range where{into_->head.size(), value.size(), range::present};
  into_->head.append(value.data(), value.size());
  return where;
}

std::string_view request_parser::view(const range& where) const {
  if (where.state == range::absent)
    return {};
  return {into_->head.data() + where.from, where.length};
}

request_headers request_parser::headers() const {
  auto get = [this](kept which) { return view(fields_[static_cast<std::size_t>(which)]); };
  return {
      .accept_encoding = get(kept::accept_encoding),
      .host = get(kept::host),
      .authorization = get(kept::authorization),
      .connection = get(kept::connection),
      .content_type = get(kept::content_type),
      .idempotency_key = get(kept::idempotency_key),
      .if_none_match = get(kept::if_none_match),
      .last_event_id = get(kept::last_event_id),
      .queue_token = get(kept::queue_token),
      .trace_id = get(kept::trace_id),
      .upgrade = get(kept::upgrade),
      .websocket_key = get(kept::websocket_key),
      .websocket_version = get(kept::websocket_version),
  };
}

bool request_parser::is_complete_and_sound() const {
  auto has_host = fields_[static_cast<std::size_t>(kept::host)].state == range::present;
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
  auto which = kept_as(name, name_text);
  if (which == kept::count)
    return;
  auto& place = fields_[static_cast<std::size_t>(which)];
  // Lists, which may come in several lines: the first is enough.
  const auto is_list =
      which == kept::accept_encoding || which == kept::connection || which == kept::upgrade;
  if (place.state == range::present && is_list)
    return;
  if (place.state == range::present)
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
