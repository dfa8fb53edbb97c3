#include "persistence/database_session.hpp"

#include "persistence/link.hpp"

namespace frontrow::persistence {

database_session::database_session(std::string dsn, session_settings settings)
    : link_(std::make_unique<detail::link>(std::move(dsn), std::move(settings))) {}
database_session::~database_session() = default;
database_session::database_session(database_session&&) noexcept = default;
database_session& database_session::operator=(database_session&&) noexcept = default;

bool database_session::answers() {
  return static_cast<bool>(link_->read([](pqxx::nontransaction& transaction) {
    transaction.exec1("select 1");
    return done{};
  }));
}

} // namespace frontrow::persistence
