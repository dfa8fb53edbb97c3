#pragma once

#include "http/method.hpp"
#include "http/request.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <forward_list>
#include <string>
#include <string_view>

namespace frontrow::http {

namespace beast = boost::beast;

/// What a request said, where the bytes that were read do not stay. Reused from request to request for its memory.
struct request_text {
  std::forward_list<std::string> head; ///< target and headers, each by itself
  std::string body;
  void clear();
};

/// Beast's parser of HTTP/1.x requests, which keeps only what Frontrow reads. Stricter than Beast where
/// two readers of a message could disagree about its end (request smuggling): one Content-Length, one plain
/// number; Transfer-Encoding exactly `chunked`, never with HTTP/1.0; no header that we act on twice. Trailers
/// are ignored. Where these fail, put() answers with an error of Beast's.
class request_parser : public beast::http::basic_parser<true> {
public:
  /// `steady`: where what put() is given stays in place as long as the request; the rest is copied `into`.
  explicit request_parser(request_text& into, std::string_view steady = {}) : into_(&into), steady_(steady) {}

  method verb() const { return verb_; }
  std::string_view target() const { return target_; }
  const request_headers& headers() const { return headers_; }
  /// Expect: 100-continue came, and the client speaks HTTP/1.1.
  bool wants_continue() const { return continue_ == expectation::go_on && version_ >= 11; }
  /// HTTP/1.1 requires Host (RFC 9112, 3.2); an Expect that we do not know is none we can meet.
  bool is_complete_and_sound() const;
  unsigned version() const { return version_; }

private:
  enum class expectation { none, go_on, unknown };
  using header = std::string_view request_headers::*;
  using field = beast::http::field;
  using error = beast::error_code;
  using text = beast::string_view;

  void on_request_impl(beast::http::verb verb, text name, text target, int version, error& ec) override;
  void on_response_impl(int, text, int, error& ec) override;
  void on_field_impl(field name, text name_text, text value, error& ec) override;
  void on_header_impl(error& ec) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error& ec) override;
  std::size_t on_body_impl(text piece, error& ec) override;
  void on_chunk_header_impl(std::uint64_t size, text extensions, error& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, text piece, error& ec) override;
  void on_finish_impl(error& ec) override;

  static header kept_as(field name, text name_text);
  std::string_view keep(text value);

  request_text* into_;
  std::string_view steady_;
  method verb_ = method::other;
  unsigned version_ = 11;
  std::string_view target_;
  request_headers headers_;
  expectation continue_ = expectation::none;
  enum { no_length, one_length } lengths_ = no_length;
  enum { in_header, behind_header } part_ = in_header;
};

} // namespace frontrow::http
