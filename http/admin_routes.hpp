#pragma once

#include "http/admin_front.hpp"
#include "http/refusal_problem.hpp"
#include "http/router.hpp"

/// The operators' routes, one file per part. `in` must outlive the router. Handlers may block.
namespace frontrow::http {

/// And the figures of the actors, for /metrics.
void add_health_routes(admin_router& routes, admin_front& in);
void add_concert_routes(admin_router& routes, admin_front& in);
void add_cluster_routes(admin_router& routes, admin_front& in);
void add_inspection_routes(admin_router& routes, admin_front& in);
void add_audit_routes(admin_router& routes, admin_front& in);
/// What the console asks: concerts as they stand, what a drain would move, an event's relatives.
void add_overview_routes(admin_router& routes, admin_front& in);

/// All of them.
void add_admin_routes(admin_router& routes, admin_front& in);

template <class Handler>
admin_handler operated_by(admin_front& in, Handler handler) {
  return [&in, handler](admin_request& asked) { return handler(in, asked); };
}

/// Entity kinds as they stand in paths and queries: domain::name_of.
const named_values<domain::entity_kind>& entity_kinds();

} // namespace frontrow::http
