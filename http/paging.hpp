#pragma once

#include "http/front.hpp"
#include "http/object_text.hpp"
#include "http/opaque_ids.hpp"
#include "http/purchase_lists.hpp"
#include "http/query.hpp"

#include <optional>
#include <string>

namespace frontrow::http {

/// Longer than any cursor that is given out.
inline constexpr std::size_t cursor_length_max = 128;

/// `after` and `limit` of a list of purchases. What is wrong with them is told by the query's `finish`.
inline page_request page_of(query_reader& query, const front& in, domain::user_id user) {
  page_request page;
  page.user = user;
  page.limit = query.limit(in.limits.page_standard, in.limits.page_max);
  if (const auto after = query.optional_text("after", cursor_length_max)) {
    page.after = parse_cursor(*after);
    if (!page.after)
      query.fail("after must be the `next` of an earlier page");
  }
  return page;
}

/// {"<name>":[...],"next": a text or null}
inline std::string page_text(std::string_view name, std::string_view items,
                             const std::optional<std::string>& next) {
  object_text body;
  body.add_json(name, items);
  if (next)
    body.add("next", *next);
  else
    body.add_null("next");
  return std::move(body).text();
}

} // namespace frontrow::http
