#pragma once

#include "http/awaitable.hpp"
#include "http/front.hpp"
#include "http/opaque_ids.hpp"
#include "http/request.hpp"

#include <optional>

/// One purchase of the caller's: asked of the seat map, or, once that has forgotten it, read from the journal.
namespace frontrow::http {

/// The caller's reservation of an id, or the problem.
struct found_reservation {
  purchase_id id;
  actors::option_on_show option;
  domain::reservation_view view;
  std::optional<response> problem;
};
awaitable<found_reservation> reservation_of(front& in, const request_context& asked,
                                                         std::optional<purchase_id> id);

/// The caller's payment of an id, or the problem.
struct found_payment {
  purchase_id id;
  actors::option_on_show option;
  domain::payment_view view;
  std::optional<response> problem;
};
awaitable<found_payment> payment_of(front& in, const request_context& asked,
                                                 std::optional<purchase_id> id);

} // namespace frontrow::http
