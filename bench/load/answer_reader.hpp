#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace frontrow::bench {

/// What a server answered; the texts are valid until the next request on that connection.
struct answer {
  unsigned status = 0; ///< 0: the connection was lost before it came
  std::string_view body;
  std::string_view etag;
};

/// Reads HTTP/1.1 answers from a stream of bytes, as far as the servers here write them: with a
/// Content-Length, or with a status that has no body (RFC 9112, section 6.3). Chunks are not understood.
class answer_reader {
public:
  enum class state { incomplete, complete, broken };

  /// Looks at the bytes of one answer received so far. When complete, `size()` bytes belong to it.
  state read(std::string_view bytes);
  const answer& result() const { return result_; }
  std::size_t size() const { return size_; }

private:
  answer result_;
  std::size_t size_ = 0;
};

/// The text of a field of an object, up to the next quotation mark or, for a number, the next delimiter; the
/// first one of that name. For answers written without white space; nothing is unescaped.
std::optional<std::string_view> field(std::string_view body, std::string_view name);
/// ... as a whole number; -1 without one.
long long number_field(std::string_view body, std::string_view name);

} // namespace frontrow::bench
