// What costs nothing but the way to it.
