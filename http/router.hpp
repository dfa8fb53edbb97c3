#pragma once

#include "http/awaitable.hpp"
#include "http/method.hpp"
#include "http/request.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::http {

/// Who may call a route.
enum class access : std::uint8_t {
  open,     ///< anybody; an access token is not even looked at
  optional, ///< anybody, but a token that is sent must be good
  login,    ///< only with a good access token (public), or the operators' token (admin)
};

struct route {
  method verb;
  std::string pattern; ///< as in OpenAPI: "/api/v1/concerts/{concertId}/queue"
  std::string name;    ///< unique; the operationId in OpenAPI: "joinQueue"
  access who;
  std::size_t index;                        ///< its place in routes()
  std::vector<std::string> parameter_names; ///< in the order of the pattern
};

/// Finds the route of a path: a tree of segments, no allocation, no regular expression.
///
/// A pattern is literal segments and parameters: `{reservationId}` takes 1 to 128 characters of
/// [A-Za-z0-9._:~-] (never "." or ".."), `{concertId:id}` a positive int64 in decimal without sign or
/// leading zeros; anything else does not match, so a malformed number is an unknown path. A literal goes
/// before a parameter; there is no going back from a literal that matched. Filled before the first `find`;
/// after that it may be read from any thread.
class route_table {
public:
  struct outcome {
    const route* found = nullptr;
    bool path_known = false; ///< the path exists, for other methods: 405 with `allowed()`
    std::size_t node = 0;
  };

  route_table();
  ~route_table();
  /// Aborts on a malformed pattern, on one that clashes with an earlier one, and on a name used twice.
  const route& add(method verb, std::string_view pattern, std::string_view name, access who);
  /// A HEAD finds the GET route.
  outcome find(method verb, std::string_view path, path_parameters& parameters) const;
  /// The Allow header of a path that `find` knew: "GET, HEAD, POST".
  std::string allowed(const outcome& missed) const;
  const std::deque<route>& routes() const { return routes_; }

private:
  struct node;
  std::size_t child_for(std::size_t parent, std::string_view segment);
  std::vector<node> nodes_;
  std::deque<route> routes_; ///< their addresses are kept by requests
};

/// Routes with what answers them. `Handler` is copied nowhere after `add`.
template <class Handler>
class router : public route_table {
public:
  void add(method verb, std::string_view pattern, std::string_view name, access who, Handler handler) {
    route_table::add(verb, pattern, name, who);
    handlers_.push_back(std::move(handler));
  }
  const Handler& handler_of(const route& found) const { return handlers_[found.index]; }

private:
  std::vector<Handler> handlers_;
};

/// Answers a request to the public listener. Runs on the I/O thread of the connection; must never block;
/// to wait for another thread see await_answer.hpp. An exception becomes 500 INTERNAL.
using public_handler = std::function<awaitable<response>(request_context&)>;
using public_router = router<public_handler>;

/// Answers a request to the operators' listener, on one of its own threads; may block.
using admin_handler = std::function<response(admin_request&)>;
using admin_router = router<admin_handler>;

} // namespace frontrow::http
