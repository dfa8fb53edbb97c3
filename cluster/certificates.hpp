#pragma once

#include <optional>
#include <string>

#include <caf/fwd.hpp>

namespace frontrow::cluster {

/// Why nobody could be linked with these certificates (`openssl.*` of the configuration); nothing: they are in order.
/// CAF itself would take missing ones for "no authentication", and end the process over unreadable ones.
std::optional<std::string> certificate_problem(const caf::actor_system_config& config);

} // namespace frontrow::cluster
