// Asio and Beast are compiled here, once, and only declared everywhere else (see CMakeLists.txt).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
