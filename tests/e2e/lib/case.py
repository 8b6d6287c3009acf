"""How a module says which of its functions are cases."""


def case(title, seconds):
    """`seconds`: about how long it takes; the longest begin first."""
    def mark(function):
        function.title, function.seconds = title, seconds
        return function
    return mark
