#pragma once

#include "http/front.hpp"
#include "http/router.hpp"

/// The public routes, one file per part of API.md. `in` must outlive the router.
namespace frontrow::http {

void add_user_routes(public_router& routes, front& in);
void add_catalog_routes(public_router& routes, front& in);
void add_queue_routes(public_router& routes, front& in);
void add_live_routes(public_router& routes, front& in);
void add_reservation_routes(public_router& routes, front& in);
void add_balance_routes(public_router& routes, front& in);
void add_payment_routes(public_router& routes, front& in);
void add_ticket_routes(public_router& routes, front& in);

/// All of them, and what docs_page.hpp adds.
void add_public_routes(public_router& routes, front& in);

/// A handler that is a coroutine of what the routes need and the request.
template <class Handler>
public_handler answered_by(front& in, Handler handler) {
  return [&in, handler](request_context& asked) { return handler(in, asked); };
}

} // namespace frontrow::http
