#include "http/admin_routes.hpp"
#include "persistence/journal_audit.hpp"

#include <memory>
#include <mutex>

namespace frontrow::http {

void add_audit_routes(admin_router& routes, admin_front& in) {
  // It reads everything: one at a time, and whoever comes second is told so rather than kept.
  const auto under_way = std::make_shared<std::mutex>();
  routes.add(
      method::get, "/admin/v1/audit", "getAudit", access::login, [&in, under_way](admin_request& asked) {
        auto query = asked.query();
        if (const auto wrong = query.finish())
          return asked.invalid(*wrong);
        const std::unique_lock alone{*under_way, std::try_to_lock};
        if (!alone)
          return asked.problem(error_code::unavailable, "An audit is under way; ask again when it is done.");
        const auto report = persistence::audit_journals(in.databases, in.session);
        return report ? json_text(200, report->json()) : unavailable_response(asked);
      });
}

} // namespace frontrow::http
